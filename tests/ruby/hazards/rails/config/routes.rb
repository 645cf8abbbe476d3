# frozen_string_literal: true

Routes = ActionDispatch::Routing::RouteSet.new
Routes.draw do
  get "/books", to: "books#index"
  get "/books/:id", to: "books#show"
  get "/about", to: "pages#about"
end
